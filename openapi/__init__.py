"""The wire API: parses signed requests, shapes answers, maps errors."""
