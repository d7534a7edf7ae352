"""Sends rows by NVIDIA's own client (tritonclient): python triton_client.py HOST:PORT ROWS json|binary|mixed"""

import sys

import numpy as np
import tritonclient.http as triton

address, rows, form = sys.argv[1], int(sys.argv[2]), sys.argv[3]
client = triton.InferenceServerClient(address)
random = np.random.default_rng(7)
for row in range(rows):
    binary = form == "binary" or (form == "mixed" and row % 2 == 1)
    features = triton.InferInput("features", [1, 3], "FP32")
    features.set_data_from_numpy(random.normal(size=(1, 3)).astype(np.float32), binary_data=binary)
    asked = triton.InferRequestedOutput("probabilities", binary_data=binary)
    headers = {"x-request-id": f"row-{row}"}
    if not binary:
        headers["Content-Type"] = "application/json"  # the client says none, and KServe asks for it
    client.infer("delay", [features], outputs=[asked], request_id=f"row-{row}", headers=headers)
print(rows)
