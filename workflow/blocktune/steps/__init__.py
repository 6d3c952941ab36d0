"""What the workflow's rules do: one typed function a step; `signature` makes commands of them."""
