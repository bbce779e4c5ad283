#!/usr/bin/python
# Copyright (c) The ZombieOps authors
# SPDX-License-Identifier: MIT
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r'''
module: stale_exclusion_info
short_description: Find marks that were left in an Elasticsearch or OpenSearch cluster
version_added: 0.1.0
description:
  - Runs C(zombieops scan search) on the host and returns its report.
  - Findings are not a failure. A scan that did not see everything is one, unless I(allow_incomplete=true).
  - Run it on one host for each cluster, with the same I(state) every time, because ages come from the ledger there.
author:
  - The ZombieOps authors (@zombieops)
extends_documentation_fragment:
  - zombieops.ops.executable
  - zombieops.ops.executable.info
  - zombieops.ops.search
seealso:
  - module: zombieops.ops.stale_exclusion_clear
'''

EXAMPLES = r'''
- name: Look for exclusions that nobody uses any more
  zombieops.ops.stale_exclusion_info:
    url:
      - https://es.example.net:9200
    user: ops
    password: "{{ vault_es_password }}"
    drain_owner: es-operator
  register: marks

- name: Tell what they are
  ansible.builtin.debug:
    msg: "{{ marks.report.findings | map(attribute='target') | map(attribute='entry') | list }}"
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
from ansible_collections.zombieops.ops.plugins.module_utils.search import EXCLUSIVE, connection, search_arguments

FILTERS = ['state', 'exemptions', 'min_age', 'cause', 'verdict', 'id', 'where']


def main():
    """Scans the marks of a cluster."""
    arguments = common_arguments()
    arguments.update(info_arguments())
    arguments.update(search_arguments())
    module = AnsibleModule(argument_spec=arguments, supports_check_mode=True, mutually_exclusive=EXCLUSIVE, required_one_of=[('url', 'cloud_id')])
    words, environment = connection(module)
    info(module, 'search', words + flags(module.params, FILTERS), environment)


if __name__ == '__main__':
    main()
