"""How the API speaks: envelope, pages, numbers, dates, refusals, and who calls."""
