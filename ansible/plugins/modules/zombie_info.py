#!/usr/bin/python
# Copyright (c) The ZombieOps authors
# SPDX-License-Identifier: MIT
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r'''
module: zombie_info
short_description: Find zombie processes and say why each is there
version_added: 0.1.0
description:
  - Runs C(zombieops scan process) and returns its report.
  - Findings are not a failure. A scan that did not see everything is one, unless I(allow_incomplete=true).
author:
  - The ZombieOps authors (@zombieops)
extends_documentation_fragment:
  - zombieops.ops.executable
  - zombieops.ops.executable.info
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
  - module: zombieops.ops.zombie_clear
'''

EXAMPLES = r'''
- name: Look for zombies that are older than five minutes
  zombieops.ops.zombie_info:
    min_age: 5m
  register: zombies

- name: Tell what they are
  ansible.builtin.debug:
    msg: "{{ zombies.report.findings | map(attribute='cause') | list }}"
'''

RETURN = r'''
report:
  description: The report, as C(zombieops scan --output json) writes it.
  returned: when the scan wrote one
  type: dict
  contains:
    complete:
      description: Whether everything was seen.
      type: bool
      returned: always
    counts:
      description: How many of what.
      type: dict
      returned: always
    findings:
      description: What was found, each with identity, owner, age, evidence, verdict, cause and remedies.
      type: list
      elements: dict
      returned: always
zombies:
  description: Number of findings that may be cleared.
  returned: when the scan wrote a report
  type: int
  sample: 2
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
from ansible_collections.zombieops.ops.plugins.module_utils.executable import common_arguments, flags, info, info_arguments

FILTERS = ['state', 'exemptions', 'min_age', 'cause', 'verdict', 'id', 'where', 'user', 'command', 'unit']


def main():
    """Scans the processes of the host."""
    arguments = common_arguments()
    arguments.update(info_arguments())
    arguments.update(
        user=dict(type='list', elements='str'),
        command=dict(type='list', elements='str'),
        unit=dict(type='list', elements='str'),
    )
    module = AnsibleModule(argument_spec=arguments, supports_check_mode=True)
    info(module, 'process', flags(module.params, FILTERS))


if __name__ == '__main__':
    main()
