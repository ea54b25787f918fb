"""AWS's separate worlds (commercial, China, GovCloud, …), as botocore's own data describes them.

Promises: no region of a global service is written down here, so that a new world comes with a new botocore. Refuses to
know credentials and clients.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


def home_region(endpoints: Mapping[str, Any], service: str, region: str) -> str:
    """Where `service` answers for the whole world that `region` lies in; `region` itself where it answers anywhere.

    `endpoints` is botocore's data of that name.
    """
    world = next((each for each in endpoints["partitions"] if re.match(each["regionRegex"], region)), None)
    if world is None:
        return region
    known = world["services"].get(service, {}).get("endpoints", {})
    scope = known.get(f"{world['partition']}-global", {}).get("credentialScope", {})
    return str(scope.get("region", region))
