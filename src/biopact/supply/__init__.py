"""What an outage costs the joint supply chain: a network as written, stressed, under both laws and joint policies."""
