"""The DashScope multimodal-generation format: Alibaba Cloud Model Studio."""
