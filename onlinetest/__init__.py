"""Online Test page: moderates up to 100 pictures by hand."""
