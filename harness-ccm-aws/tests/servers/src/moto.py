import copy, os, sys, threading
threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
folder = sys.argv[1]
from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.iam.exceptions import IAMException
from moto.sts.exceptions import STSClientError
from moto.sts.responses import TokenResponse
call_action, assume_role, lock = BaseResponse.call_action, TokenResponse.assume_role, threading.Lock()
class Interrupted(IAMException):
    code = "AccessDenied"
def interrupted():
    path = os.path.join(folder, "iam-writes")
    if not os.path.exists(path):
        return False
    with open(path) as file:
        left = int(file.read())
    with open(path, "w") as file:
        file.write(str(max(left - 1, 0)))
    return left == 0
def logged(self):
    action = self._get_action()
    with lock:
        if self.service_name == "iam" and not action.startswith(("Get", "List")) and interrupted():
            return self.serialized(ActionResult(Interrupted("nothing is written any more")))
        with open(os.path.join(folder, "calls"), "a") as calls:
            calls.write(f"{self.service_name}:{action}\n")
    return call_action(self)
def guarded(self):
    arn = self._get_param("RoleArn")
    if os.path.exists(os.path.join(folder, "closed-" + arn.split(":")[4])):
        raise STSClientError("AccessDenied", f"not authorized to perform: sts:AssumeRole on resource: {arn}")
    return assume_role(self)
BaseResponse.call_action, TokenResponse.assume_role = logged, guarded
from moto.iam.models import IAMBackend
read_policies, policies = IAMBackend._init_aws_policies, {}
def copied(self):
    with lock:
        if self.partition not in policies:
            policies[self.partition] = read_policies(self)
    return [copy.copy(policy) for policy in policies[self.partition]]
IAMBackend._init_aws_policies = copied
from moto.iam.exceptions import EntityAlreadyExists
create_role = IAMBackend.create_role
def created(self, role_name, *rest, **more):
    if any(role.name.lower() == role_name.lower() for role in self.get_roles()):
        raise EntityAlreadyExists(f"Role with name {role_name} already exists.")
    return create_role(self, role_name, *rest, **more)
IAMBackend.create_role = created
from moto.iam.responses import IamResponse
def updated(self):
    role = self.backend.get_role(self._get_param("RoleName"))
    description = self._get_param("Description", role.description)
    self.backend.update_role(role.name, description, self._get_param("MaxSessionDuration", role.max_session_duration))
    return EmptyResult()
IamResponse.update_role = updated
from moto.server import main
main(sys.argv[2:])
