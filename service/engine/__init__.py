"""Which rules hold: durable-rules behind a fence, and the diagrams that tell what could still happen."""
