"""Everything as it is, but the type argument of `All` has a default.

Home Assistant writes `All` without one, and would leave what takes a schema partly unknown.
"""

import typing

from probatio.validators import combinators
from probatio.validators.coerce import *
from probatio.validators.combinators import *
from probatio.validators.comparison import *
from probatio.validators.conditional import *
from probatio.validators.decorators import *
from probatio.validators.encoding import *
from probatio.validators.formats import *
from probatio.validators.identifiers import *
from probatio.validators.network import *
from probatio.validators.predicates import *
from probatio.validators.strings import *
from probatio.validators.structural import *
from probatio.validators.temporal import *
from probatio.validators.transition import *

class All[T = typing.Any](combinators.All[T]): ...
