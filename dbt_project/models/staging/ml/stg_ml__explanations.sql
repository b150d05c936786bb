-- depends_on: {{ ref('training_set') }}
with source as (

    select * from {{ source('ml', 'explanations') }}

),

renamed as (

    select
        model_id,
        ticker,
        dt,
        horizon,
        feature,
        value as feature_value,
        contribution,
        created_at
    from source

)

select * from renamed
