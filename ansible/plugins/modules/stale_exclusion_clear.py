#!/usr/bin/python
# Copyright (c) The ZombieOps authors
# SPDX-License-Identifier: MIT
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r'''
module: stale_exclusion_clear
short_description: Clear marks that were left in an Elasticsearch or OpenSearch cluster
version_added: 0.1.0
description:
  - Runs C(zombieops clear search) on the host. Each act is verified and written to the audit log there.
  - Changed only if something was cleared, so a second run changes nothing.
  - What was skipped is told in warnings and is no failure.
  - An act that failed, a crossed limit, a stop file, a missing right and an incomplete scan are failures.
author:
  - The ZombieOps authors (@zombieops)
extends_documentation_fragment:
  - zombieops.ops.executable
  - zombieops.ops.executable.clear
  - zombieops.ops.search
options:
  settle:
    description: Pause between the two reads before something is cleared, such as C(20s), which is the default.
    type: str
  despite:
    description: Guards to clear in spite of, of C(health), C(relocation), C(disk).
    type: list
    elements: str
seealso:
  - module: zombieops.ops.stale_exclusion_info
'''

EXAMPLES = r'''
- name: Take exclusions of nodes that are gone out of the cluster's settings
  zombieops.ops.stale_exclusion_clear:
    url:
      - https://es.example.net:9200
    api_key: "{{ vault_es_api_key }}"
    cause:
      - node-gone
    allow:
      - remove-entry
    why: ticket 4711
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
from ansible_collections.zombieops.ops.plugins.module_utils.search import EXCLUSIVE, connection, search_arguments

FILTERS = ['state', 'exemptions', 'min_age', 'cause', 'verdict', 'id', 'where']


def main():
    """Clears marks of a cluster."""
    arguments = common_arguments()
    arguments.update(clear_arguments())
    arguments.update(search_arguments())
    arguments.update(settle=dict(type='str'), despite=dict(type='list', elements='str'))
    module = AnsibleModule(argument_spec=arguments, supports_check_mode=True, mutually_exclusive=EXCLUSIVE, required_one_of=[('url', 'cloud_id')])
    words, environment = connection(module)
    clear(module, 'search', words + flags(module.params, FILTERS + list(clear_arguments())), environment)


if __name__ == '__main__':
    main()
