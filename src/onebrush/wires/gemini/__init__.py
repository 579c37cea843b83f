"""The Gemini generateContent format."""
