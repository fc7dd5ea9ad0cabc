"""What the API is about: one file a resource."""
