"""The OpenAI Images format."""
