"""What the protocol is, without I/O: no sockets, no event loop, no clock of its own."""
