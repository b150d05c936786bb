-- depends_on: {{ ref('training_set') }}
with source as (

    select * from {{ source('ml', 'feature_importance') }}

),

renamed as (

    select
        run_id,
        horizon,
        fold,
        feature,
        gain,
        splits
    from source

)

select * from renamed
