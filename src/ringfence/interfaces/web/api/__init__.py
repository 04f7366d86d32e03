"""Our own resources, under `/api/v1`: one module a resource."""
