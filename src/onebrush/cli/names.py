"""What several commands must call by one name."""

USUAL_URL = "http://127.0.0.1:8000"
TEST_SCHEME = "sk-test-"
