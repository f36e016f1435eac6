"""What JavaScript does where Python does otherwise: numbers, texts, JSON.stringify, regular expressions."""
