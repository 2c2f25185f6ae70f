"""Papers that leave the house: position certificates, and letters about waivers."""
