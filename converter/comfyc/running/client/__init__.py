"""What one server is asked and sent: each request of its protocol, as a typed question."""
