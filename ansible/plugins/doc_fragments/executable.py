# Copyright (c) The ZombieOps authors
# SPDX-License-Identifier: MIT
"""What the modules have in common, told once."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment(object):
    """Documentation of the parameters of every module, of those that scan and of those that clear."""

    DOCUMENTATION = r'''
options:
  executable:
    description:
      - Name or path of C(zombieops) on the host.
      - A name is looked for on C(PATH), in C(/usr/local/bin), C(/usr/bin) and C(/opt/zombieops).
    type: path
    default: zombieops
  state:
    description: Directory of ledger and audit log. The default is the executable's own, C(/var/lib/zombieops) for root.
    type: path
  exemptions:
    description: Exemption file to use instead of the configured one.
    type: path
  min_age:
    description: Judge nothing that is younger, such as C(5m). The default is one minute.
    type: str
  cause:
    description: Only findings of these causes, such as C(parent-not-waiting).
    type: list
    elements: str
  verdict:
    description: Only findings of these verdicts, of C(zombie), C(protected), C(report-only), C(unknown).
    type: list
    elements: str
  id:
    description: Only findings of these identities, as the report shows them.
    type: list
    elements: str
  where:
    description: Only findings of which these facts hold, written as C(NAME=GLOB), such as C(container=web-*).
    type: list
    elements: str
  allow_incomplete:
    description:
      - Whether a scan that did not see everything is good enough. It is a failure otherwise, because "not seen" is not "not there".
      - A run that saw nothing at all, such as one whose server cannot be reached, fails all the same.
    type: bool
    default: false
requirements:
  - zombieops >= 0.1.0, < 1.0.0 on the host
  - Python >= 3.6 on the host
'''

    INFO = r'''
options:
  ledger:
    description:
      - Whether to remember what was seen. Ages begin with the first scan that is remembered.
      - In check mode nothing is remembered.
    type: bool
    default: true
attributes:
  check_mode:
    description: Can run in check mode and changes nothing on the host then, not even the ledger.
    support: full
  diff_mode:
    description: Has nothing to show in diff mode.
    support: none
'''

    CLEAR = r'''
options:
  allow:
    description: Remedies that may run. Nothing that can do harm runs unless it is named.
    type: list
    elements: str
  plan:
    description: Plan file on the host. What it holds is acted on, and nothing else; filters cannot be given with it.
    type: path
  max_count:
    description: Most findings that one run may act on. If there are more, nothing is cleared. The default is 50.
    type: int
  max_share:
    description: Greatest share of all that was scanned, such as C(25%). If there are more, nothing is cleared. The default is the executable's, see its help.
    type: str
  max_moves:
    description: Most acts of one run that move data. The rest is left for the next run. The default is the executable's, see its help.
    type: int
  watch:
    description: How long to watch for what comes back, such as C(2s). The default is the executable's, see its help.
    type: str
  grace:
    description: How long an owner gets to act on a request, such as C(10s), which is the default.
    type: str
  stop_file:
    description: While this file exists on the host nothing is cleared.
    type: path
  why:
    description: Why, for the audit log.
    type: str
attributes:
  check_mode:
    description: Is C(--dry-run). What would be cleared is reported and nothing is written.
    support: full
  diff_mode:
    description: Shows each finding that was or would be cleared, with the remedy.
    support: full
'''
