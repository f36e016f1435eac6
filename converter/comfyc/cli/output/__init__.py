"""What the commands write: products to stdout, findings and progress to stderr, answers as JSON."""
