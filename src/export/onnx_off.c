/* In the place of the graphs of ONNX where laço was built without protobuf-c. */
#include "export/export.h"

laco_status laco_export_onnx(const laco_export_job *job)
{
    return laco_fail(
        job->ctx, LACO_INVALID,
        "%s: this laço was built without protobuf-c and onnx.proto (-Donnx=enabled builds them in), and so without ONNX",
        job->path);
}
