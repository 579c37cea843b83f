"""The Ark images format: Volcengine Ark and BytePlus ModelArk."""
