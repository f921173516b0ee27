"""The open recipe of kinglet-nano: from generated text and GSM8K to a checkpoint that Kinglet serves."""
