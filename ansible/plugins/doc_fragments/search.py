# Copyright (c) The ZombieOps authors
# SPDX-License-Identifier: MIT
"""How a search cluster is reached, told once."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment(object):
    """Documentation of the parameters that reach a cluster."""

    DOCUMENTATION = r'''
options:
  url:
    description: Addresses of the cluster, tried in turn. An address that holds a user name or password is refused.
    type: list
    elements: str
  cloud_id:
    description: Elastic Cloud id instead of an address.
    type: str
  user:
    description: User name, together with I(password) or I(password_file).
    type: str
  password:
    description: Password. It is handed over in the environment of the executable, never in its arguments.
    type: str
  password_file:
    description: File on the host that holds the password.
    type: path
  api_key:
    description: API key, encoded or as C(id:key). It is handed over in a file of mode 0600 that is removed afterwards.
    type: str
  api_key_file:
    description: File on the host that holds an API key.
    type: path
  bearer:
    description: Bearer token. It is handed over in a file of mode 0600 that is removed afterwards.
    type: str
  bearer_file:
    description: File on the host that holds a bearer token.
    type: path
  ca_file:
    description: Certificates of the authorities to trust instead of the system's (PEM), on the host.
    type: path
  cert_file:
    description: Client certificate (PEM), on the host.
    type: path
  key_file:
    description: Key of the client certificate (PEM), on the host.
    type: path
  proxy:
    description: Address of an HTTP proxy. None is used unless it is named here. One that holds a user name or password is refused.
    type: str
  timeout:
    description: Longest time for one request, such as C(10s), which is the default.
    type: str
  drain_owner:
    description: Who sets exclusions in this cluster, such as C(es-operator).
    type: str
  max_drain:
    description: Longest time that a drain of that owner takes, such as C(8h20m).
    type: str
  restart_time:
    description: Longest time that a node is away in a restart, such as C(10m), which is the default.
    type: str
'''
