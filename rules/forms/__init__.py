"""What people may enter on the rules pages."""
