"""The pages people see: a client of the public API, importing none of the other packages."""
