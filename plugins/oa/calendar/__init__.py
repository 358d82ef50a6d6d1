"""The company's calendar: which days are worked."""
