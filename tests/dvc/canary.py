"""Secrets that no study may write down anywhere: see test_secrets.py."""

SECRET = "canary-5c1d7e90"
SECRET_ADDRESS = f"https://somebody:{SECRET}@example.org/somewhere"
SECRET_ENVIRONMENT = {
    name: f"{SECRET}-{name}"
    for name in ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "HF_TOKEN", "WANDB_API_KEY", "PASSWORD")
}
