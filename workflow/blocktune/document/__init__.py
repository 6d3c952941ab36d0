"""Documents: blocks that say what a page or a table says, and what makes Markdown, LaTeX and HTML of them."""
