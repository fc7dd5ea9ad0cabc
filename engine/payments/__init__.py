"""How orders are paid: one file a way in `kinds/`, each with the form by which a shop sets it up."""
