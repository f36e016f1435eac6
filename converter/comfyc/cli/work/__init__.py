"""What the commands do once their flags are read: files found, worked on, and their results handed out."""
