"""The networks that the detectors share: loading, preprocessing and running them."""
