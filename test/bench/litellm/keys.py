"""The operator's handler of keys for LiteLLM: BENCH_KEYS has each key and its budget in dollars, as JSON."""

import json
import os

from fastapi import Request
from litellm.proxy._types import UserAPIKeyAuth

BUDGETS = json.loads(os.environ["BENCH_KEYS"])


async def user_api_key_auth(request: Request, api_key: str) -> UserAPIKeyAuth:
    if api_key not in BUDGETS:
        raise PermissionError("there is no such key")
    return UserAPIKeyAuth(api_key=api_key, max_budget=BUDGETS[api_key])
