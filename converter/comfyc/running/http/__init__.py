"""The transport: how bytes reach one server and come back, bounded in time and size."""
