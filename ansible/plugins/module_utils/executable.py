# Copyright (c) The ZombieOps authors
# SPDX-License-Identifier: MIT
"""Runs zombieops and reads what it says. Nothing is judged here: the executable judges, this hands over."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os
import re

# The oldest zombieops that this collection works with, and the first that it does not know.
MINIMUM = (0, 1, 0)
BELOW = (1, 0, 0)

# The JSON that it reads; another major version may mean something else by the same words.
SCHEMA = 'zombieops/1'

# Where to look beside PATH, which is short for a non-interactive login.
DIRECTORIES = ['/usr/local/bin', '/usr/bin', '/opt/zombieops']

# Exit codes of zombieops (docs/errors.md).
CLEAN, FINDINGS_LEFT, BAD_USAGE, INCOMPLETE, LIMIT_CROSSED, NOT_PERMITTED = range(6)

_ERROR = re.compile(r'^zombieops: error (\w+): (.*)$', re.MULTILINE)
_NEXT = re.compile(r'^  next: (.*)$', re.MULTILINE)
_VERSION = re.compile(r'^(\d+)\.(\d+)\.(\d+)([-+].*)?$')


def common_arguments():
    """Arguments of every module."""
    return dict(
        executable=dict(type='path', default='zombieops'),
        state=dict(type='path'),
        exemptions=dict(type='path'),
        min_age=dict(type='str'),
        cause=dict(type='list', elements='str'),
        verdict=dict(type='list', elements='str'),
        id=dict(type='list', elements='str'),
        where=dict(type='list', elements='str'),
        allow_incomplete=dict(type='bool', default=False),
    )


def info_arguments():
    """Arguments of the modules that only look."""
    return dict(ledger=dict(type='bool', default=True))


def clear_arguments():
    """Arguments of the modules that clear."""
    return dict(
        allow=dict(type='list', elements='str'),
        plan=dict(type='path'),
        max_count=dict(type='int'),
        max_share=dict(type='str'),
        max_moves=dict(type='int'),
        watch=dict(type='str'),
        grace=dict(type='str'),
        stop_file=dict(type='path'),
        why=dict(type='str'),
    )


def flags(params, names):
    """Options for those parameters that were given. One word each, so that no value is taken for an option."""
    words = []
    for name in names:
        value = params.get(name)
        if value is None:
            continue
        for item in value if isinstance(value, list) else [value]:
            words.append('--%s=%s' % (name.replace('_', '-'), item))
    return words


class Executable(object):
    """The zombieops of this host, found and of a version that is known."""

    def __init__(self, module):
        self.module = module
        self.path = self._find()
        self.version = self._ask_version()

    def _find(self):
        name = self.module.params['executable']
        if os.sep in name:
            if os.path.isfile(name) and os.access(name, os.X_OK):
                return name
            looked = name
        else:
            path = self.module.get_bin_path(name, required=False, opt_dirs=DIRECTORIES)
            if path is not None:
                return path
            places = os.environ.get('PATH', '').split(os.pathsep) + DIRECTORIES
            looked = ', '.join(place for n, place in enumerate(places) if place and place not in places[:n])
        self._fail('ExecutableMissing', "there is no executable '%s' on this host; looked in: %s" % (name, looked),
                   'install it, for example with the role zombieops.ops.install, or name it with executable=/path/to/zombieops')

    def _ask_version(self):
        try:
            code, out, err = self.module.run_command([self.path, '--version'], handle_exceptions=False)
        except (IOError, OSError) as e:  # a file that the kernel cannot run, such as one of another architecture
            code, out, err = -1, '', str(e)
        text = ' '.join(out.split())
        match = _VERSION.match(text) if code == 0 else None
        if match is None:
            said = (text or err.strip() or 'nothing printed')[:80]
            self._fail('VersionUnknown', "'%s --version' gives no version: exit code %s, %s" % (self.path, code, said), 'look at what is installed there')
        version = tuple(int(part) for part in match.groups()[:3])
        if version < MINIMUM:
            self._fail('VersionTooOld', '%s is version %s, and this collection needs %s or later' % (self.path, text, _dotted(MINIMUM)),
                       'install a newer zombieops')
        if version >= BELOW:
            self._fail('VersionTooNew', '%s is version %s, and this collection knows only those below %s' % (self.path, text, _dotted(BELOW)),
                       'install a newer collection')
        return text

    def report(self, words, environment=None):
        """Runs one command that writes a report; fails the module where there is none."""
        code, out, err = self.module.run_command([self.path] + words + ['--output=json'], environ_update=environment or {})
        answer = Answer(code, out, err)
        if answer.report is None:
            self._fail_answer(answer)
        schema = answer.report.get('schema')
        if schema != SCHEMA and not str(schema).startswith(SCHEMA + '.'):
            self._fail('SchemaUnknown', "%s writes the schema '%s', and this collection reads '%s'" % (self.path, schema, SCHEMA),
                       'install the collection of the same version')
        for text in answer.report.get('warnings') or []:
            self.module.warn(text)
        return answer

    def end(self, answer, changed, **result):
        """Ends the module as the exit code says."""
        result.update(changed=changed, report=answer.report, exit_code=answer.code, version=self.version)
        fine = [CLEAN, FINDINGS_LEFT]
        if self.module.params['allow_incomplete']:
            fine.append(INCOMPLETE)
        if answer.code not in fine or answer.stopped() is not None or answer.broken():
            self._fail_answer(answer, **result)
        if answer.code == INCOMPLETE:
            self.module.warn('incomplete: %s' % answer.why_incomplete())
        self.module.exit_json(**result)

    def _fail_answer(self, answer, **result):
        error_id, message, step = answer.error()
        result.update(exit_code=answer.code, stderr=answer.err)
        self._fail(error_id, message, step, **result)

    def _fail(self, error_id, message, step, **result):
        """One message with all that a person needs, and the same in fields of their own."""
        code = result.get('exit_code')
        shown = '' if code is None else ' (exit code %s)' % code
        result.setdefault('exit_code', None)
        self.module.fail_json(msg='%s: %s%s. Next: %s' % (error_id, message.rstrip('.'), shown, step),
                              error_id=error_id, error_message=message, next_step=step, **result)


class Answer(object):
    """What one run printed."""

    def __init__(self, code, out, err):
        self.code = code
        self.err = err
        self.report = None
        try:
            document = json.loads(out)
            if isinstance(document, dict):
                self.report = document
        except ValueError:
            pass  # an error has no document; any other output is told by error()

    def results(self):
        """Results of a clearing run."""
        return (self.report or {}).get('results') or []

    def stopped(self):
        """Error id of what stopped a clearing run before its end."""
        return (self.report or {}).get('stoppedBecause')

    def broken(self):
        """Results of acts that were tried and did not hold. What was skipped is none: nothing was tried."""
        return [r for r in self.results() if r['outcome'] in ('Failed', 'Reasserted', 'NotPermitted')]

    def why_incomplete(self):
        """Why something was not seen, in the executable's words."""
        reasons = (self.report or {}).get('incompleteBecause') or ['a finding has the verdict Unknown: something that decides could not be read']
        return '; '.join(reasons)

    def error(self):
        """Error id, message and next step: what was printed as an error, or else what the report says."""
        said, step = _ERROR.search(self.err), _NEXT.search(self.err)
        if said is not None:
            return said.group(1), said.group(2), step.group(1) if step is not None else 'see the documentation of this error'
        if self.report is None:
            said = self.err.strip()[-300:] or 'nothing printed'
            return 'NoReport', 'it ended with exit code %s and wrote no report: %s' % (self.code, said), 'run it by hand on this host'
        if self.stopped() is not None or self.broken():
            error_id = self.stopped() or self.broken()[0]['reason']
            says = '; '.join('%s: %s' % (r['findingId'], r['says']) for r in self.broken()[:3]) or 'the run was stopped before its end'
            return error_id, says, "see 'report', and 'zombieops audit show --run %s' on this host" % self.report.get('runId')
        if self.code == INCOMPLETE:
            return 'Incomplete', self.why_incomplete(), 'give the right that is missing, or allow_incomplete=true where a part is enough'
        return 'ExitCode%s' % self.code, 'it ended with exit code %s' % self.code, "see 'report' and 'stderr'"


def clear(module, source, words, environment=None):
    """One clearing run of one source, from check mode to the end of the module."""
    executable = Executable(module)
    mode = ['--dry-run'] if module.check_mode else ['--yes']
    answer = executable.report(['clear', source] + mode + words, environment)
    results = answer.results()
    wanted = 'WouldClear' if module.check_mode else 'Cleared'
    done = [r for r in results if r['outcome'] in (wanted, 'Reasserted')]
    left = [r for r in results if r['outcome'] not in (wanted, 'AlreadyGone')]
    for result in left[:10]:
        module.warn('left: %s: %s: %s' % (result['findingId'], result['reason'], result['says']))
    if len(left) > 10:
        module.warn("left: %d more, see 'report'" % (len(left) - 10))
    more = dict(diff=difference(done, wanted)) if module._diff else {}
    cleared = [r['findingId'] for r in done if r['outcome'] == wanted]
    executable.end(answer, bool(done), cleared=cleared, left=[r['findingId'] for r in left], **more)


def info(module, source, words, environment=None):
    """One scan of one source. In check mode it does not even remember what it saw."""
    executable = Executable(module)
    if module.check_mode or not module.params['ledger']:
        words = words + ['--no-ledger']
    answer = executable.report(['scan', source] + words, environment)
    executable.end(answer, False, zombies=answer.report['counts']['zombies'])


def difference(results, wanted):
    """The plan, or what was done of it: a pair of texts for each finding."""
    return [dict(
        before_header=result['findingId'],
        after_header='%s: %s' % (result.get('remedy'), result['says']),
        before='cause: %s\n%s' % (result['cause'], _lines(result['target'])),
        after='' if result['outcome'] == wanted else 'outcome: %s\n' % result['outcome'],
    ) for result in results]


def _lines(target):
    return ''.join('%s: %s\n' % (key, json.dumps(value, sort_keys=True) if isinstance(value, (dict, list)) else value) for key, value in sorted(target.items()))


def _dotted(version):
    return '.'.join(str(part) for part in version)
