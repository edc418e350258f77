"""The object store for uploads: pictures and lists that programs send before they name them."""
