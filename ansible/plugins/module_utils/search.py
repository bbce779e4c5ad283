# Copyright (c) The ZombieOps authors
# SPDX-License-Identifier: MIT
"""How a search cluster is reached. Secrets go by environment or by a file that only this user may read, never by argument."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import tempfile

from ansible.module_utils.common.text.converters import to_bytes
from ansible.module_utils.six.moves.urllib.parse import urlsplit

# The variable that hands the password over.
PASSWORD = 'ZOMBIEOPS_ANSIBLE_PASSWORD'

PLAIN = ['url', 'cloud_id', 'user', 'password_file', 'api_key_file', 'bearer_file', 'ca_file', 'cert_file', 'key_file', 'proxy', 'timeout',
         'drain_owner', 'max_drain', 'restart_time', 'settle', 'despite']

EXCLUSIVE = [('password', 'password_file'), ('api_key', 'api_key_file'), ('bearer', 'bearer_file'), ('url', 'cloud_id')]


def search_arguments():
    """Arguments of the modules that talk to a search cluster."""
    return dict(
        url=dict(type='list', elements='str'),
        cloud_id=dict(type='str'),
        user=dict(type='str'),
        password=dict(type='str', no_log=True),
        password_file=dict(type='path', no_log=False),
        api_key=dict(type='str', no_log=True),
        api_key_file=dict(type='path', no_log=False),
        bearer=dict(type='str', no_log=True),
        bearer_file=dict(type='path', no_log=False),
        ca_file=dict(type='path'),
        cert_file=dict(type='path'),
        key_file=dict(type='path', no_log=False),
        proxy=dict(type='str'),
        timeout=dict(type='str'),
        drain_owner=dict(type='str'),
        max_drain=dict(type='str'),
        restart_time=dict(type='str'),
    )


def connection(module):
    """The words and the environment that reach the cluster."""
    words, environment = [], {}
    for name in PLAIN:
        value = module.params.get(name)
        if value is None:
            continue
        for address in (value if name == 'url' else [value] if name == 'proxy' else []):
            _refuse_secret(module, name, address)
        words.append('--%s=%s' % (name.replace('_', '-'), ','.join(value) if isinstance(value, list) else value))
    if module.params.get('password') is not None:
        environment[PASSWORD] = module.params['password']
        words.append('--password-env=' + PASSWORD)
    for name in ('api_key', 'bearer'):
        if module.params.get(name) is not None:
            words.append('--%s-file=%s' % (name.replace('_', '-'), _secret_file(module, module.params[name])))
    return words, environment


def _secret_file(module, secret):
    """A file of mode 0600 in the module's own directory. It is removed when the module ends, however it ends."""
    handle, path = tempfile.mkstemp(prefix='zombieops-', dir=module.tmpdir)
    module.add_cleanup_file(path)
    try:
        os.write(handle, to_bytes(secret))
    finally:
        os.close(handle)
    return path


def _refuse_secret(module, name, address):
    """zombieops refuses these itself, but then the process list has already shown them."""
    for part in address.split(','):
        try:
            parsed = urlsplit(part.strip())
            secret = parsed.password or parsed.username
        except ValueError:
            secret = part if '@' in part else None
        if secret:
            module.no_log_values.add(part.rsplit('@', 1)[0].split('://')[-1])
            module.no_log_values.add(secret)
            message = "a value of '%s' holds a user name or password" % name
            step = 'give user and password, or api_key, as parameters of their own'
            module.fail_json(msg='BadArgument: %s. Next: %s' % (message, step), error_id='BadArgument', error_message=message, next_step=step, exit_code=None)
