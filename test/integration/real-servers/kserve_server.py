"""A model in KServe's Python model server: two probabilities from a weighted sum, by protocol v1 and v2, binary tensors included."""

import os

import numpy as np
from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer


class Delay(Model):
    def __init__(self):
        super().__init__("delay")
        self.weights = np.array([float(weight) for weight in os.environ["WEIGHTS"].split(",")])
        self.ready = True

    async def predict(self, payload, headers=None, response_headers=None):
        isV2 = isinstance(payload, InferRequest)
        rows = payload.inputs[0].as_numpy() if isV2 else np.array(payload["instances"], dtype=float)
        late = 1 / (1 + np.exp(-(rows.astype(float) @ self.weights)))
        both = np.stack([1 - late, late], axis=1)
        if not isV2:
            return {"predictions": both.tolist()}
        output = InferOutput(name="probabilities", shape=list(both.shape), datatype="FP64")
        output.set_data_from_numpy(both, binary_data=False)
        return InferResponse(
            response_id=payload.id,
            model_name="delay",
            model_version=os.environ["VERSION"],
            infer_outputs=[output],
            use_binary_outputs=payload.use_binary_outputs,
            requested_outputs=payload.request_outputs,
        )


if __name__ == "__main__":
    ModelServer(http_port=int(os.environ["PORT"]), enable_grpc=False, workers=1).start([Delay()])
