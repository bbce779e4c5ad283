#!/usr/bin/python
# Copyright (c) The ZombieOps authors
# SPDX-License-Identifier: MIT
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r'''
module: zombie_clear
short_description: Clear zombie processes through their owner
version_added: 0.1.0
description:
  - Runs C(zombieops clear process). Each act is verified and written to the audit log on the host.
  - Changed only if something was cleared, so a second run changes nothing.
  - What was skipped is told in warnings and is no failure.
  - An act that failed, a crossed limit, a stop file, a missing right and an incomplete scan are failures.
author:
  - The ZombieOps authors (@zombieops)
extends_documentation_fragment:
  - zombieops.ops.executable
  - zombieops.ops.executable.clear
options:
  user:
    description: Only processes of these users; globs.
    type: list
    elements: str
  command:
    description: Only processes of these command names; globs.
    type: list
    elements: str
  unit:
    description: Only processes of these systemd units; globs.
    type: list
    elements: str
seealso:
  - module: zombieops.ops.zombie_info
'''

EXAMPLES = r'''
- name: Clear what was never waited for, at most five
  zombieops.ops.zombie_clear:
    cause:
      - parent-not-waiting
    allow:
      - reap
    min_age: 5m
    max_count: 5
    why: ticket 4711

- name: Act on a plan that somebody reviewed
  zombieops.ops.zombie_clear:
    plan: /etc/zombieops/plan.json
'''

RETURN = r'''
report:
  description: The report, as C(zombieops clear --output json) writes it.
  returned: when the run wrote one
  type: dict
  contains:
    results:
      description: One result for each finding that was selected, with outcome, reason and a sentence.
      type: list
      elements: dict
      returned: always
    runId:
      description: Identity of the run in the audit log.
      type: str
      returned: always
cleared:
  description: Identities of what is gone now, or would be in check mode.
  returned: when the run wrote a report
  type: list
  elements: str
left:
  description: Identities of what was selected and is still there. Each is told in a warning as well.
  returned: when the run wrote a report
  type: list
  elements: str
exit_code:
  description: Exit code of the executable, or none if it was not run. On failure as well.
  returned: always
  type: int
  sample: 1
version:
  description: Version of the executable.
  returned: when it wrote a report
  type: str
  sample: 0.1.0
error_id:
  description: Stable id of the error, as listed in docs/errors.md of ZombieOps, or C(ExecutableMissing), C(VersionUnknown), C(VersionTooOld), C(VersionTooNew),
    C(SchemaUnknown), C(NoReport) of this collection.
  returned: failure
  type: str
  sample: LimitCrossed
error_message:
  description: What is wrong, in one sentence.
  returned: failure
  type: str
next_step:
  description: What to do about it.
  returned: failure
  type: str
'''

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.zombieops.ops.plugins.module_utils.executable import clear, clear_arguments, common_arguments, flags

FILTERS = ['state', 'exemptions', 'min_age', 'cause', 'verdict', 'id', 'where', 'user', 'command', 'unit']


def main():
    """Clears zombie processes of the host."""
    arguments = common_arguments()
    arguments.update(clear_arguments())
    arguments.update(
        user=dict(type='list', elements='str'),
        command=dict(type='list', elements='str'),
        unit=dict(type='list', elements='str'),
    )
    module = AnsibleModule(argument_spec=arguments, supports_check_mode=True)
    clear(module, 'process', flags(module.params, FILTERS + list(clear_arguments())))


if __name__ == '__main__':
    main()
