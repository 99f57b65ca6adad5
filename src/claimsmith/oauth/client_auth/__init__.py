"""Hold one module per way in which a client proves who it is (RFC 6749 §2.3)."""
