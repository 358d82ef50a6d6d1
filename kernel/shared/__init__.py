"""What all plugins share: parties, products, units, currencies; and the questions any of them may ask or answer."""
