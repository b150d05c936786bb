-- depends_on: {{ ref('training_set') }}
with source as (

    select * from {{ source('ml', 'models') }}

),

renamed as (

    select
        model_id,
        run_id,
        learner,
        horizon,
        target,
        features,
        params,
        uncertainty,
        sha256,
        alias as model_alias,
        created_at
    from source

)

select * from renamed
