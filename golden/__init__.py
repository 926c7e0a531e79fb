"""What the right answer is: the contract (`golden.arch`) and the model (`golden.model`)."""
