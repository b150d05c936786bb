-- depends_on: {{ ref('training_set') }}
with source as (

    select * from {{ source('ml', 'runs') }}

),

renamed as (

    select
        run_id,
        kind,
        status,
        target,
        git_sha,
        config,
        feature_hash,
        data_fingerprint,
        metrics,
        packages,
        dbt_invocation_id,
        data_cutoff,
        started_at,
        finished_at
    from source

)

select * from renamed
