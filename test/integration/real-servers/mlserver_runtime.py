"""A model in MLServer, by MLServer's own documented interface: two probabilities from a weighted sum."""

import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse


class Delay(MLModel):
    async def load(self) -> bool:
        self.weights = np.array(self.settings.parameters.extra["weights"])
        return True

    async def predict(self, payload):
        rows = NumpyCodec.decode_input(payload.inputs[0]).astype(float)
        late = 1 / (1 + np.exp(-(rows @ self.weights)))
        outputs = [NumpyCodec.encode_output("probabilities", np.stack([1 - late, late], axis=1))]
        return InferenceResponse(model_name=self.name, model_version=self.version, id=payload.id, outputs=outputs)
