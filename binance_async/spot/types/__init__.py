"""What the spot calls answer, one module a page of declarations."""
