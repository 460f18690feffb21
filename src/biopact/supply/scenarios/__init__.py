"""The stress test: what every scenario costs, exactly and with as few solves as can be."""
