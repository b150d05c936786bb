-- depends_on: {{ ref('training_set') }}
with source as (

    select * from {{ source('ml', 'feature_selections') }}

),

renamed as (

    select
        name as feature_set,
        feature,
        run_id,
        cluster_no,
        gain,
        null_gain,
        importance,
        n_folds_positive,
        n_folds,
        kept as is_kept,
        known_to,
        created_at
    from source

)

select * from renamed
