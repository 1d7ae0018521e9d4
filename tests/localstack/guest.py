"""What LocalStack finds on its path beside itself."""

from __future__ import annotations

# Python runs it first of all. Asked for S3, LocalStack looks its own name up in DNS; and it asks for Docker.
_CUSTOMIZE = '''\
import os
import sys
import threading

HERE = {None, "", "127.0.0.1", "localhost"}
LOOKUPS = {"socket.getaddrinfo", "socket.gethostbyname"}


def only_here(event, arguments):
    """Let no connection leave this machine, and no name be looked up elsewhere."""
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else address
    elif event in LOOKUPS:
        host = arguments[0]
    else:
        return
    if (host.decode() if isinstance(host, bytes) else host) not in HERE:
        raise OSError(f"{host!r} is not this machine")


def end_with_the_test():
    """End when whoever started this has ended, in whatever way."""
    os.read(0, 1)
    os._exit(0)


sys.addaudithook(only_here)
threading.Thread(target=end_with_the_test, daemon=True).start()
'''
# LocalStack says that a stack is complete a moment before it knows the outputs; CloudFormation does not. And
# in the place of Docker, with which it would get a function ready to run, there is nothing: nobody calls one
# here, it only has to be there, with its versions.
_PLUGINS = """\
from localstack.runtime import hooks
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor


@hooks.on_infra_start()
def outputs_first():
    from localstack.services.cloudformation.engine.v2.change_set_model_executor import ChangeSetModelExecutor

    execute = ChangeSetModelExecutor.execute

    def execute_outputs_first(self):
        result = execute(self)
        self._change_set.stack.resolved_outputs = result.outputs
        return result

    ChangeSetModelExecutor.execute = execute_outputs_first


class NothingRuns(RuntimeExecutor):
    @classmethod
    def prepare_version(cls, function_version):
        pass

    @classmethod
    def cleanup_version(cls, function_version):
        pass


class NothingRunsPlugin(RuntimeExecutorPlugin):
    name = "nothing-runs"

    def load(self, *args, **kwargs):
        return NothingRuns
"""
_ENTRY_POINTS = """\
[localstack.hooks.on_infra_start]
outputs_first = localstack_guest:outputs_first
[localstack.lambda.runtime_executor]
nothing-runs = localstack_guest:NothingRunsPlugin
"""

GUEST = {
    "sitecustomize.py": _CUSTOMIZE,
    "localstack_guest.py": _PLUGINS,
    "localstack_guest-1.dist-info/entry_points.txt": _ENTRY_POINTS,
    "localstack_guest-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: localstack-guest\nVersion: 1\n",
}
