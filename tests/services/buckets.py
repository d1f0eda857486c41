"""What an administrator does with the buckets of an S3 server."""

from __future__ import annotations

import json
from typing import Any

import boto3

from atdata_nb.sandbox.s3_server import S3Server


def admin(server: S3Server) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name="us-east-1",
    )


def open_to_all(server: S3Server, bucket: str) -> None:
    """Let everybody read what is in a bucket."""
    told = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [told]}
    admin(server).put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def sizes(server: S3Server, bucket: str) -> dict[str, int]:
    """Size of each object, by its key."""
    found = admin(server).list_objects_v2(Bucket=bucket).get("Contents", [])
    return {one["Key"]: one["Size"] for one in found}


def unfinished_uploads(server: S3Server, bucket: str) -> list[str]:
    """Keys of the uploads that never ended."""
    found = admin(server).list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    return [one["Key"] for one in found]
